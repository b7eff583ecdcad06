"use client";

/** Takes what this device has read out of the browser as one sealed file, and back in. */

import { useRef, useState } from "react";

import { useAction } from "@/lib/client/react/use-action";
import { useEngineView } from "@/lib/client/react/engine-context";
import { historyFileMaxBytes } from "@/lib/protocol/limits";
import { text } from "@/lib/text/catalogue";
import { Notice } from "@/lib/ui/notice";
import { saveFile } from "@/lib/ui/save-file";

export function HistoryFile({ username }: { readonly username: string }) {
  const view = useEngineView();
  const action = useAction();
  const picker = useRef<HTMLInputElement>(null);
  const [doing, setDoing] = useState<"export" | "import">();
  const [done, setDone] = useState<string>();
  const [refused, setRefused] = useState<string>();
  const { file } = text.history;

  async function exportFile() {
    begin("export");
    const result = await action.run(() => view.calls.exportHistory());
    setDoing(undefined);
    if (result === undefined) return;
    const day = new Date().toISOString().slice(0, 10);
    saveFile(file.name(username, day), new Blob([new Uint8Array(result.value.file)]));
    setDone(file.exported(result.value.lines));
  }

  async function importFile(chosen: File) {
    begin("import");
    const bytes = chosen.size > historyFileMaxBytes ? undefined : await chosen.arrayBuffer().catch(() => undefined);
    if (bytes === undefined) {
      setDoing(undefined);
      setRefused(chosen.size > historyFileMaxBytes ? file.tooLarge : file.unreadable);
      return;
    }
    const result = await action.run(() => view.calls.importHistory(new Uint8Array(bytes)));
    setDoing(undefined);
    if (result !== undefined) setDone(file.imported(result.value.lines, result.value.rooms));
  }

  function begin(what: "export" | "import") {
    setDoing(what);
    setDone(undefined);
    setRefused(undefined);
  }

  const problem = refused ?? action.problem;
  return (
    <section aria-labelledby="history-file">
      <h2 id="history-file">{file.title}</h2>
      <p>{file.lead}</p>
      <p className="actions">
        <button type="button" className="button" disabled={doing !== undefined} onClick={() => void exportFile()}>
          {file.export}
        </button>
        <button
          type="button"
          className="button"
          disabled={doing !== undefined}
          onClick={() => {
            picker.current?.click();
          }}
        >
          {file.import}
        </button>
        <input
          ref={picker}
          type="file"
          hidden
          onChange={(event) => {
            const [chosen] = event.target.files ?? [];
            if (chosen !== undefined) void importFile(chosen);
            // The same file may be chosen again.
            event.target.value = "";
          }}
        />
      </p>
      {doing !== undefined && <p role="status">{doing === "export" ? file.exporting : file.importing}</p>}
      {done !== undefined && <p role="status">{done}</p>}
      {problem !== undefined && (
        <Notice tone="error" live>
          <p>{problem}</p>
        </Notice>
      )}
    </section>
  );
}
