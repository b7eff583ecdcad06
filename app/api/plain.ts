/** PEM, or a signed note: text that every browser shows and every tool reads. */
export function plain(text: string): Response {
  return new Response(text, { headers: { "content-type": "text/plain; charset=utf-8" } });
}
