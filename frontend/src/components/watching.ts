import { useCallback, useSyncExternalStore } from "react";
import { Watchlist } from "../store/watch";

export const watchlist = new Watchlist(localStorage);

export function useWatched(): readonly string[] {
  return useSyncExternalStore(watchlist.listen, watchlist.ids);
}

/** Watches the service or stops to; the first time the browser asks whether it may notify. */
export function useToggleWatch(id: string): () => void {
  return useCallback(() => {
    watchlist.toggle(id);
    if (watchlist.ids().includes(id)) askToNotify();
  }, [id]);
}

/** Browsers ask the person once; without notifications the page itself tells. */
export function askToNotify(): void {
  if (mayAsk()) void Notification.requestPermission();
}

export function mayNotify(): boolean {
  return "Notification" in window && Notification.permission === "granted";
}

export function mayAsk(): boolean {
  return "Notification" in window && Notification.permission === "default";
}
