// Text whole and streamed, a tool, an object, embeddings, a failure.
import { createOpenAI } from "@ai-sdk/openai";
import { embed, embedMany, generateObject, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const asked = { prompt: "How is the weather?", experimental_telemetry };
await generateText({ model: openai.chat("gpt-4o-mini"), system: "Be brief.", ...asked });
await generateText({ model: openai.responses("gpt-4o-mini"), ...asked });
for await (const _ of streamText({ model: openai.chat("gpt-4o-mini"), ...asked }).textStream);
const get_weather = tool({
  description: "The weather of a city.",
  inputSchema: z.object({ city: z.string() }),
  execute: async () => "sunny",
});
await generateText({ model: openai.chat("gpt-4o-mini"), tools: { get_weather }, stopWhen: stepCountIs(3), ...asked });
await generateObject({ model: openai.chat("gpt-4o-mini"), schema: z.object({ city: z.string() }), ...asked });
const embeds = openai.embedding("text-embedding-3-small");
await embed({ model: embeds, value: "Cairo", experimental_telemetry });
await embedMany({ model: embeds, values: ["Cairo", "Giza"], experimental_telemetry });
try {
  await generateText({ model: openai.chat("fail-400"), maxRetries: 0, ...asked });
} catch {}
