/** Times that other people's clocks have said: any number can be shown. */

import { renderToStaticMarkup } from "react-dom/server";

import { moment } from "@/lib/text/en/moment";
import { ClockTime, DateTime, dayName, dayOf, ShortTime } from "@/lib/ui/time";

test("MSG-05 a time that no date can say is a dash and throws nothing, also in rows from before there was a limit", () => {
  for (const at of [8_640_000_000_000_001, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, NaN, Infinity]) {
    for (const shown of [
      <ClockTime key="" at={at} />,
      <DateTime key="" at={at} />,
      <ShortTime key="" at={at} now={0} />,
    ])
      expect(renderToStaticMarkup(shown)).toBe("–");
    expect(dayName(at, 0)).toBe("–");
    expect(moment(at)).toBe("–");
    expect(dayOf(at)).toBe(dayOf(at));
  }
  expect(renderToStaticMarkup(<DateTime at={8_640_000_000_000_000} />)).toContain("275760");
  expect(moment(0)).not.toBe("–");
});
