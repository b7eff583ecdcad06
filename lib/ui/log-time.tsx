/** A time of the server, to the second, alike for everybody. */

const form = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "medium", timeZone: "UTC" });

export function LogTime({ iso }: { readonly iso: string }) {
  return <time dateTime={iso}>{form.format(new Date(iso))}</time>;
}
