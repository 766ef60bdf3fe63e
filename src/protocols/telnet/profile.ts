/** What a persona says over Telnet. Placeholders as in SNMP; `{uptime}` beside them. */
export interface TelnetProfile {
  readonly banner: string
  readonly loginPrompt: string
  /** Absent: it asks for a password alone. */
  readonly asksUser: boolean
  readonly passwordPrompt: string
  readonly refusal: string
  /** Options it opens with, as bytes (RFC 854): WILL ECHO, WILL SUPPRESS-GO-AHEAD when absent. */
  readonly negotiation?: readonly number[]
  /** What it ends lines with; CR LF when absent. */
  readonly newline?: '\r\n' | '\r\0\n'
  /** Logins before it closes; 3 when absent. */
  readonly tries?: number
}
