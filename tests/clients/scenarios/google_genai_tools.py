# A function that the client calls by itself: two requests for one call of ours.
# ruff: noqa: F821  what google_genai.py has
client.models.generate_content(
    model="gemini-2.5-flash",
    contents="How is the weather?",
    config=types.GenerateContentConfig(tools=[get_weather]),
)
