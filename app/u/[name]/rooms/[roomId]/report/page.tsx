/** `/u/{name}/rooms/{roomId}/report`: the room again, where messages are chosen for a report to its admins. */

import type { Metadata } from "next";

import { requireSession } from "@/app/server-data";
import { reportPath } from "@/app/login/next-path";
import { text } from "@/lib/text/catalogue";

export const metadata: Metadata = { title: text.report.title };

interface ReportPageProps {
  readonly params: Promise<{ readonly name: string; readonly roomId: string }>;
}

export default async function ReportPage({ params }: ReportPageProps) {
  const { name, roomId } = await params;
  await requireSession(name, reportPath(name, roomId));
  return null;
}
