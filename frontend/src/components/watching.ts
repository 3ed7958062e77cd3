import { useCallback, useSyncExternalStore } from "react";
import { Watchlist } from "../store/watch";

const watchlist = new Watchlist(localStorage);

export function useWatched(): readonly string[] {
  return useSyncExternalStore(watchlist.listen, watchlist.ids);
}

/** Watches the service or stops to; the first time the browser asks whether it may notify. */
export function useToggleWatch(id: string): () => void {
  return useCallback(() => {
    watchlist.toggle(id);
    if (watchlist.ids().includes(id) && notices() === "default") void askToNotify();
  }, [id]);
}

/** What the browser lets the page do; `missing` where it knows no notices, as on plain HTTP from afar. */
type NoticeState = NotificationPermission | "missing";

export function notices(): NoticeState {
  return "Notification" in window && window.isSecureContext ? Notification.permission : "missing";
}

/** Browsers ask the person once; without notices the page itself tells. */
export async function askToNotify(): Promise<void> {
  if (notices() === "default") await Notification.requestPermission();
}
