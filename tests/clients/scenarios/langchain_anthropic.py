# Another provider's model, whole and streamed.
from langchain_anthropic import ChatAnthropic

claude = ChatAnthropic(model="claude-sonnet-4-5", max_retries=0)
claude.invoke("How is the weather?")
for _ in claude.stream("How is the weather?"):
    pass
