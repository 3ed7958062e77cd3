import { useEffect, useMemo, useSyncExternalStore } from "react";
import { Batch } from "../../store/batch";
import { atMostEvery } from "../../store/pace";
import { Stream, type Entry } from "../../store/stream";
import type { ViewStore } from "../../store/viewStore";

/** Readers follow a line or two a second. */
const STREAM_MS = 500;

/** One for each fleet, so that it is still there when the page is opened again. */
const streams = new WeakMap<ViewStore, Stream>();

/** What happened lately in these views, newest first. */
export function useStream(fleet: ViewStore, commands: ViewStore): readonly Entry[] {
  const stream = useMemo(() => streamOf(fleet), [fleet]);
  useEffect(() => feed(stream, fleet), [stream, fleet]);
  useEffect(() => feed(stream, commands), [stream, commands]);
  return useSyncExternalStore(stream.listen, stream.entries);
}

function streamOf(fleet: ViewStore): Stream {
  const stream = streams.get(fleet) ?? new Stream();
  streams.set(fleet, stream);
  return stream;
}

function feed(stream: Stream, store: ViewStore): () => void {
  const batch = new Batch((keys) => stream.take(store.view, keys), atMostEvery(STREAM_MS));
  batch.add(store.view.rows.keys());
  return store.listen((keys) => batch.add(keys));
}
