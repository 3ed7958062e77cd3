/** What a snippet is made for. */
export interface Joiner {
  /** Where the agent finds the server. */
  readonly url: string;
  readonly token: string;
  /** The code under which the service appears. */
  readonly code: string;
  /** The only mode the token allows; null when it allows any. */
  readonly mode: string | null;
}

const PLACEHOLDER = "<registration token>";

/** What stands for a token that is not shown any more. */
export function orPlaceholder(rawToken: string | null): string {
  return rawToken ?? PLACEHOLDER;
}

const CODE = /^[a-z0-9_-]{1,80}$/;

type CodeProblem = "malformed" | "notAllowed";

/** Why an agent with this code could not use the token; null when it can. */
export function codeProblem(code: string, pattern: string | null): CodeProblem | null {
  if (!CODE.test(code)) return "malformed";
  return pattern === null || asExpression(pattern).test(code) ? null : "notAllowed";
}

function asExpression(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}

/** A code that the pattern allows. */
export function suggestedCode(pattern: string | null): string {
  return (pattern ?? "*").replaceAll("*", "hello").replaceAll("?", "1").slice(0, 80);
}

/** A whole service, ready to run against this server with this token. */
export function pythonSnippet(joiner: Joiner): string {
  return `from opstage_agent import Agent, Health

agent = Agent(${options(joiner, joiner.mode)})


@agent.health
def health() -> Health:
    return Health.up("ready to greet")


@agent.action(label="Greet")
async def greet(ctx, name: str = "world") -> dict:
    print(f"Hello, {name}!")
    return {"greeting": f"Hello, {name}!"}


agent.run_forever()  # in a program that does more: agent.start()
`;
}

/** A process beside a service in any language; it looks whether that answers. */
export function sidecarSnippet(joiner: Joiner): string {
  return `import httpx
from opstage_agent import Agent, Health

TARGET = "http://127.0.0.1:9000/health"  # answers 2xx while the service is well

agent = Agent(${options(joiner, joiner.mode ?? "sidecar")})


@agent.health
async def health() -> Health:
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.get(TARGET)
    except httpx.HTTPError as error:
        return Health.down(f"no answer: {error}")
    return Health.up() if answer.is_success else Health.down(f"HTTP {answer.status_code}")


agent.run_forever()
`;
}

function options({ url, token, code }: Joiner, mode: string | null): string {
  const lines = [
    `"${code}"`,
    `url="${url}"`,
    `registration_token="${token}"`,
    `token_file="data/${code}.json"`,
    ...(mode === null || mode === "embedded" ? [] : [`mode="${mode}"`]),
  ];
  return `\n${lines.map((line) => `    ${line},\n`).join("")}`;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const HOST_OF_CONTAINERS = "host.docker.internal";

/** True when the address means the container itself, inside of one. */
export function isLoopback(url: string): boolean {
  return LOOPBACK.has(new URL(url).hostname);
}

/** The address as a container on the same machine reaches it. */
function fromContainer(url: string): string {
  const address = new URL(url);
  if (isLoopback(url)) address.hostname = HOST_OF_CONTAINERS;
  return address.origin;
}

/** The program for an image: everything that differs comes from the environment. */
export function imageSnippet({ mode }: Joiner): string {
  const given = mode === null || mode === "embedded" ? "" : `mode="${mode}"`;
  return `from opstage_agent import Agent, Health

agent = Agent.from_env(${given})


@agent.health
def health() -> Health:
    return Health.up("at work")


agent.run_forever()  # in a program that does more: agent.start()
`;
}

/** The variables the agent library reads. */
function environment({ url, token, code }: Joiner): [string, string][] {
  return [
    ["OPSTAGE_BACKEND_URL", fromContainer(url)],
    ["OPSTAGE_REGISTRATION_TOKEN", token],
    ["OPSTAGE_AGENT_CODE", code],
    ["OPSTAGE_AGENT_TOKEN_FILE", "/data/agent-token.json"],
  ];
}

export function dockerSnippet(joiner: Joiner): string {
  const host = isLoopback(joiner.url) ? [`--add-host ${HOST_OF_CONTAINERS}:host-gateway`] : [];
  const variables = environment(joiner).map(([name, value]) => `-e ${name}='${value}'`);
  const parts = [`docker run -d --name ${joiner.code}`, ...host, ...variables, `-v ${joiner.code}-agent:/data`, "IMAGE"];
  return `${parts.join(" \\\n  ")}\n`;
}

export function composeSnippet(joiner: Joiner): string {
  const host = isLoopback(joiner.url) ? `\n    extra_hosts: ["${HOST_OF_CONTAINERS}:host-gateway"]` : "";
  const variables = environment(joiner).map(([name, value]) => `      ${name}: "${value}"\n`);
  return `services:
  ${joiner.code}:
    image: IMAGE
    restart: unless-stopped${host}
    environment:
${variables.join("")}    volumes: ["${joiner.code}-agent:/data"]

volumes:
  ${joiner.code}-agent:
`;
}
