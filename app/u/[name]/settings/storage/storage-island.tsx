"use client";

/** Reads the browser's word on its storage and the engine's counts, and asks for storage that stays. */

import { loginPath, signInReason, storagePath } from "@/app/login/next-path";
import { EngineProvider } from "@/lib/client/react/engine-context";
import { useHealth, useSetAside } from "@/lib/client/react/use-health";
import { usePersistence } from "@/lib/client/react/use-persistence";
import { text } from "@/lib/text/catalogue";
import { problemSentence } from "@/lib/text/errors";
import { HealthTable } from "@/lib/ui/health-table";
import { Notice } from "@/lib/ui/notice";
import { SetAsideList } from "@/lib/ui/set-aside-list";
import { Skeleton } from "@/lib/ui/skeleton";
import { StorageFacts } from "@/lib/ui/storage-facts";

export function StorageIsland({ username }: { readonly username: string }) {
  return (
    <EngineProvider username={username}>
      <Persistence />
      <Health username={username} />
    </EngineProvider>
  );
}

function Persistence() {
  const { state, usage, quota, ask } = usePersistence();
  return <StorageFacts state={state} usage={usage} quota={quota} onAsk={ask} />;
}

function Health({ username }: { readonly username: string }) {
  const health = useHealth();
  const databases = useSetAside();
  if (health === undefined) {
    return (
      <div className="needs-script">
        <Skeleton label={text.storage.loading} />
      </div>
    );
  }
  if (!health.ok) {
    const why = signInReason(health.error.code);
    return (
      <>
        <Notice tone="error">
          <p>{problemSentence(health.error)}</p>
          {why !== undefined && (
            <p>
              <a href={loginPath(username, storagePath(username), why)}>{text.signIn.signIn}</a>
            </p>
          )}
        </Notice>
        <SetAsideList databases={databases ?? []} rooms={0} />
      </>
    );
  }
  return (
    <>
      <HealthTable {...health.value} />
      <SetAsideList databases={databases ?? []} rooms={health.value.setAside} />
    </>
  );
}
