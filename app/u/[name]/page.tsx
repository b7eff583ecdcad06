/** `/u/{name}`: leads to the rooms. */

import { redirect } from "next/navigation";

import { roomsPath } from "@/app/login/next-path";

export default async function AccountPage({ params }: { readonly params: Promise<{ readonly name: string }> }) {
  redirect(roomsPath((await params).name));
}
