# A function that the client calls by itself: two requests for one call of ours.
client.models.generate_content(
    model="gemini-2.5-flash",
    contents="How is the weather?",
    config=types.GenerateContentConfig(tools=[get_weather]),  # noqa: F821
)
