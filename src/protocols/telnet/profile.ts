/** What a persona says over Telnet. Placeholders as in SNMP. */
export interface TelnetProfile {
  readonly banner: string
  readonly loginPrompt: string
  /** Absent: it asks for a password alone. */
  readonly asksUser: boolean
  readonly passwordPrompt: string
  readonly refusal: string
}
