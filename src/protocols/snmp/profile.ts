/** What a persona says over SNMP. `{name}`, `{serial}`, `{firmware}`, `{mac}` and `{address}` in texts stand for those of the decoy. */
export interface SnmpProfile {
  readonly sysDescr: string
  /** Dotted OID below enterprises, with the vendor's registered number. */
  readonly sysObjectId: string
  readonly communities: readonly string[]
  readonly sysContact: string
  readonly sysLocation: string
  /** Name of its one Ethernet interface. */
  readonly interface: string
  /** Further objects of the vendor: dotted OID → text or number. */
  readonly objects?: Readonly<Record<string, string | number>>
}
