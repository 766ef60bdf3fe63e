/** What a Windows computer says over SMB and RDP about itself. */
export interface SmbProfile {
  /** Build of Windows: 17763. */
  readonly build: number
  /** Native OS in SMB 1: `Windows 10 Enterprise LTSC 2019 17763`. */
  readonly os: string
  /** Native LAN manager in SMB 1: `Windows 10 Enterprise LTSC 2019 6.3`. */
  readonly lanManager: string
  readonly workgroup: string
  /** It still speaks SMB 1, as for an old panel that stores its recipes there. */
  readonly smb1: boolean
}
