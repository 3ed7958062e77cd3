/** A whole service in ten lines, ready to run against this server with this token. */
export function snippet(url: string, token: string): string {
  return `from opstage_agent import Agent

agent = Agent(
    "hello", name="Hello", version="1.0", url="${url}",
    registration_token="${token}",
)

@agent.action(label="Greet")
async def greet(ctx, name: str = "world") -> dict:
    print(f"Hello, {name}!")
    return {"greeting": f"Hello, {name}!"}

agent.run_forever()
`;
}
