/** What a persona says over PCWorx. Placeholders as in SNMP. */
export interface PcworxProfile {
  /** `ILC 191 ETH 2TX`: 35 characters at most. */
  readonly type: string
  /** Order number: 7 digits. */
  readonly order: string
  /** 12 characters at most. */
  readonly firmware: string
  /** `11/26/15` and `18:46:55`, as the controller prints them. */
  readonly date: string
  readonly time: string
  /** Hardware revision behind the order number. */
  readonly revision: string
}
