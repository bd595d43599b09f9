# A crew of one with a tool, and one whose model fails.
import contextlib

from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool


@tool("get_weather")
def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


def crew(model):
    llm = LLM(model=model)
    agent = Agent(role="Reporter", goal="Tell the weather", backstory="Old hand", llm=llm, tools=[get_weather])
    task = Task(description="How is the weather?", expected_output="One sentence", agent=agent)
    return Crew(agents=[agent], tasks=[task])


crew("openai/gpt-4o-mini").kickoff()
with contextlib.suppress(Exception):
    crew("openai/fail-400").kickoff()
