/** Names that one vendor goes by in advisories, in address blocks and in what its devices say, under one key. */
const known: readonly (readonly [key: string, names: RegExp])[] = [
  ['siemens', /\b(?:siemens|ruggedcom)\b/],
  ['rockwell', /\b(?:rockwell|allen[- ]bradley)\b/],
  ['schneider', /\b(?:schneider|telemecanique|modicon|square d)\b/],
  ['abb', /\babb\b/],
  ['mitsubishi', /\bmitsubishi\b/],
  ['omron', /\bomron\b/],
  ['emerson', /\b(?:emerson|fisher[- ]rosemount|westinghouse process)\b/],
  ['ge', /\b(?:ge (?:fanuc|digital|vernova|intelligent|grid|multilin|automation)|general electric)\b|^ge$/],
  ['honeywell', /\bhoneywell\b/],
  ['phoenix-contact', /\bphoenix contact\b/],
  ['wago', /\bwago\b/],
  ['beckhoff', /\bbeckhoff\b/],
  ['moxa', /\bmoxa\b/],
  ['belden', /\b(?:belden|hirschmann)\b/],
  ['yokogawa', /\byokogawa\b/],
  ['br', /\b(?:b&r|bernecker)(?:\b|\s|$)/],
  ['hitachi-energy', /\bhitachi energy\b/],
  ['sel', /\bschweitzer\b|^sel$/],
  ['microsoft', /\bmicrosoft\b/],
]

const legal =
  /\b(?:ag|gmbh|co|kg|se|inc|incorporated|llc|ltd|limited|corp|corporation|company|s\.?a\.?s?|b\.?v|n\.?v|oy|ab|plc|pty|k\.?k|software|technologies|technology|group|holding)\b\.?/g

/** The key of a vendor's name; undefined when nothing of the name is left. Two names of one vendor have the same key. */
export const vendorKey = (name: string): string | undefined => {
  const lower = name.slice(0, 200).toLowerCase()
  const found = known.find(([, names]) => names.test(lower))
  if (found !== undefined) return found[0]
  const rest = lower
    .replaceAll(legal, ' ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  return rest === '' ? undefined : rest
}
