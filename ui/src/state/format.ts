/** Numbers and times as people read them. */

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** `1.4 MB`: decimal units, as file managers and shops show them. */
export function size(bytes: number, locale?: string): string {
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return new Intl.NumberFormat(locale, {
    style: 'unit', unit: UNITS[unit] ?? 'byte', unitDisplay: unit === 0 ? 'long' : 'short',
    minimumFractionDigits: 0, maximumFractionDigits: digits,
  }).format(value);
}

export function count(value: number, locale?: string): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** What part of the bytes was saved, in whole percent; `null` where there were none. */
export function savedPercent(bytesIn: number, bytesOut: number): number | null {
  return bytesIn > 0 ? Math.round((1 - bytesOut / bytesIn) * 100) : null;
}

export function percent(part: number, of: number): number {
  // Not rounded up: 100 % is said only when all is done.
  return of > 0 ? Math.floor((part / of) * 100) : 0;
}

/** `4 min 10 s`: the two largest units that count. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return '0 s';
  return parts.slice(first, first + 2).filter(([value]) => value > 0).map(([value, unit]) => `${value} ${unit}`).join(' ');
}

/** Seconds, as exactly as a guess can be: whole minutes from two on, tens of them from an hour on. */
export function rough(seconds: number): number {
  const step = seconds < 120 ? 5 : seconds < 3_600 ? 60 : 600;
  return Math.max(1, Math.round(seconds / step) * step);
}

/** `3 minutes ago`, or the day where it is long ago. */
export function ago(then: string, now: number, locale?: string): string {
  const seconds = Math.round((Date.parse(then) - now) / 1000);
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const past = Math.abs(seconds);
  if (past < 45) return words.format(0, 'second');
  if (past < 3_600) return words.format(Math.round(seconds / 60), 'minute');
  if (past < 86_400) return words.format(Math.round(seconds / 3_600), 'hour');
  if (past < 7 * 86_400) return words.format(Math.round(seconds / 86_400), 'day');
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium' }).format(Date.parse(then));
}

export function moment(then: string, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(Date.parse(then));
}

/** What the engine says, with what it quotes in quotation marks: in a terminal those are backquotes. */
export function said(message: string): string {
  return message.replace(/`([^`]*)`/g, '“$1”');
}
