/** The same question to this server, from a shell with curl and with the command line of its own. */
export function snippets(origin: string, key: string): { curl: string; cli: string } {
  return {
    curl: `curl -s ${origin}/api/admin/capsule-services \\\n  -H "Authorization: Bearer ${key}"`,
    cli: `export OPSTAGE_URL=${origin}\nexport OPSTAGE_API_KEY=${key}\nopstage services`,
  };
}
