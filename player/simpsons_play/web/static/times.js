// Times for people, and in the addresses of pages.

const pad = (number) => String(number).padStart(2, "0");

/** Seconds as mm:ss, or as h:mm:ss from one hour on. */
export function format(time_s) {
  const seconds = Math.max(0, Math.floor(time_s + 1e-6)), hours = Math.floor(seconds / 3600);
  const rest = pad(Math.floor(seconds / 60) % 60) + ":" + pad(seconds % 60);
  return hours ? hours + ":" + rest : rest;
}

/** As `format`, with tenths. */
export function formatTenths(time_s) {
  const tenths = Math.round(time_s * 10);
  return format(tenths / 10) + "." + tenths % 10;
}

/** The time in seconds that a fragment such as #t=73.2 or #t=1:13.2 names; null if it names none. */
export function fromHash(hash) {
  const found = /^#t=(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,7}(?:\.\d{0,6})?)s?$/.exec(hash);
  return found && Number(found[1] || 0) * 3600 + Number(found[2] || 0) * 60 + Number(found[3]);
}

/** The fragment that names a time in seconds. */
export const toHash = (time_s) => "#t=" + Number(time_s.toFixed(2));
