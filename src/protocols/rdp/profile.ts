/** What a Windows computer says over RDP. */
export interface RdpProfile {
  /** Version of the server's core data ([MS-RDPBCGR] 2.2.1.4.2): 0x0008000a is RDP 10.5. */
  readonly version: number
  /** Build of Windows, for who asks by CredSSP. */
  readonly build: number
}
