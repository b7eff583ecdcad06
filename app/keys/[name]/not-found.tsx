/** The directory has no account by that name. */

import { text } from "@/lib/text/catalogue";
import { SiteFrame } from "@/lib/ui/site-frame";

export default function NoSuchAccountPage() {
  const { keys } = text;
  return (
    <SiteFrame>
      <h1>{keys.none}</h1>
      <p className="lead">{keys.noneBody}</p>
      <p>
        <a className="button" href="/keys">
          {keys.title}
        </a>
      </p>
    </SiteFrame>
  );
}
