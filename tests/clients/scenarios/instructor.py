# Structured output.
import instructor
import openai
from pydantic import BaseModel


class Weather(BaseModel):
    city: str
    degrees: int


client = instructor.from_openai(openai.OpenAI())
ask = [{"role": "user", "content": "How is the weather?"}]
client.chat.completions.create(model="gpt-4o-mini", messages=ask, response_model=Weather)
