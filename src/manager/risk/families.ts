/** What counts as evidence, how much, and for how long: the only table that says so. docs/risk.md. */

export interface Family {
  /** For people. */
  readonly label: string
  /** Most that all evidence of it together adds to the log-odds. */
  readonly cap: number
  /** Hours after which evidence counts half. */
  readonly halfLife: number
  /** It says where a source is from, or what others think of it, not what it did here: it counts at most as much as all the rest. */
  readonly context?: true
}

const define = <const K extends string>(families: Record<K, Family>): Record<K, Family> => families

export const families = define({
  decoy: { label: 'touched a decoy', cap: 6, halfLife: 48 },
  'decoy-login': { label: 'tried to log in at a decoy', cap: 8, halfLife: 72 },
  'out-of-scope': { label: 'spoke with whom nothing permits', cap: 4, halfLife: 12 },
  scan: { label: 'tried many addresses or ports', cap: 5, halfLife: 24 },
  command: { label: 'asked for a command that was denied', cap: 5, halfLife: 24 },
  'first-seen': { label: 'spoke with somebody for the first time', cap: 1.5, halfLife: 24 },
  'off-hours': { label: 'was active outside its hours', cap: 2, halfLife: 24 },
  port: { label: 'tried a port that is worth much to an intruder', cap: 1.5, halfLife: 12 },
  'threat-list': { label: 'is on a list of threats', cap: 4, halfLife: 24 * 7 },
  reputation: { label: 'was noticed at another site', cap: 2.5, halfLife: 48, context: true },
  origin: { label: 'comes from where nobody of the site is', cap: 1.5, halfLife: 24 * 7, context: true },
})
export type FamilyName = keyof typeof families
export const familyNames: readonly FamilyName[] = Object.keys(families).filter((name): name is FamilyName =>
  Object.hasOwn(families, name),
)

/** Log-odds of a source of which nothing is known: about seven in a thousand. */
export const prior = -5

export const hourMs = 3_600_000
/** Half-lives after which evidence is worth less than a thousandth, and is forgotten. */
export const halfLivesKept = 10
export const longestKeptMs =
  Math.max(...Object.values<Family>(families).map(({ halfLife }) => halfLife)) * halfLivesKept * hourMs
