import { createRoot } from "react-dom/client";
import { App } from "./App";
import { initLanguage } from "./i18n";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/navigation.css";
import "./styles/grid.css";
import "./styles/parts.css";
import "./styles/actions.css";
import "./styles/command.css";
import "./styles/fleet.css";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id root");

await initLanguage();
createRoot(root).render(<App />);
