import { counted } from "./plural";

const minuteMs = 60_000;

const units = [
  [7 * 24 * 60 * minuteMs, "week", "weeks"],
  [24 * 60 * minuteMs, "day", "days"],
  [60 * minuteMs, "hour", "hours"],
  [minuteMs, "minute", "minutes"],
] as const;

/** A length of time in its largest fitting unit, as "4 weeks"; rounded up to minutes. */
export function duration(ms: number): string {
  const whole = units.find(([unit]) => ms >= unit && ms % unit === 0) ?? units[3];
  const [unit, one, many] = whole;
  return counted(Math.max(1, Math.ceil(ms / unit)), one, many);
}
