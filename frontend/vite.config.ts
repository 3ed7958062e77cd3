import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const SERVER = process.env.OPSTAGE_DEV_SERVER ?? "http://127.0.0.1:8080";

/** Text that is worth compressing; below this the header costs more than it saves. */
const COMPRESSED = /\.(js|css|svg|html)$/;
const SMALLEST = 1024;

/** Writes a `.gz` beside each text, so that the server need not compress the same files for every browser. */
function precompressed(): Plugin {
  return {
    name: "precompressed",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      const names = Object.keys(bundle).filter((name) => COMPRESSED.test(name));
      await Promise.all(names.map((name) => compress(join(dir, name))));
    },
  };
}

async function compress(file: string): Promise<void> {
  const text = await readFile(file);
  if (text.length >= SMALLEST) await writeFile(`${file}.gz`, gzipSync(text, { level: 9 }));
}

export default defineConfig({
  plugins: [react(), precompressed()],
  resolve: {
    alias: {
      "@rjsf/validator-ajv8": fileURLToPath(new URL("src/components/action/absentValidator.ts", import.meta.url)),
    },
  },
  build: {
    outDir: "../app/opstage/console",
    emptyOutDir: true,
    // The server's Content-Security-Policy allows images and fonts of its own files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "api-docs.html"] },
    // The page of the REST calls is one large chunk; no page of the console loads it.
    chunkSizeWarningLimit: 1600,
  },
  server: {
    port: 5173,
    proxy: {
      "/api": { target: SERVER },
      "/health": { target: SERVER },
      "/ws": { target: SERVER, ws: true },
    },
  },
  // A machine that stands still for a while is no failure.
  test: { environment: "node", include: ["tests/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
});
