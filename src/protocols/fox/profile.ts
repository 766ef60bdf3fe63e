/** What a persona says over Fox. Placeholders as in SNMP. */
export interface FoxProfile {
  /** `1.0.1`. */
  readonly version: string
  readonly hostName: string
  readonly app: string
  readonly appVersion: string
  readonly vm: string
  readonly vmVersion: string
  readonly os: string
  readonly osVersion: string
  readonly station: string
  /** As Niagara writes it, with its rules: `America/Chicago;-21600000;…`. */
  readonly timeZone: string
  readonly hostId: string
  readonly brand: string
}
