/** What a persona says over FTP. Placeholders as in SNMP. */
export interface FtpProfile {
  /** After `220 `. */
  readonly greeting: string
  /** After `215 `. */
  readonly system: string
}
