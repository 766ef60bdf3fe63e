/** What differs between models that speak EtherNet/IP; literals of it stand in personas. */

/** The identity object, CIP volume 1, 5A-2; the serial number is the decoy's. */
export interface IdentityProfile {
  readonly vendor: number
  readonly deviceType: number
  readonly productCode: number
  readonly major: number
  readonly minor: number
  readonly status: number
  /** With placeholders. */
  readonly name: string
  /** Of the identity item of ListIdentity, volume 2, 2-4.2. */
  readonly state: number
}

/** Where a value comes from: a point of the process in percent of `max`, its state, or a setting. */
export type Source =
  | { readonly analog: number; readonly max: number }
  | { readonly digital: number }
  | { readonly constant: number }

export type TagType = 'BOOL' | 'SINT' | 'INT' | 'DINT' | 'REAL'

export interface MemberProfile {
  readonly name: string
  readonly type: Exclude<TagType, 'BOOL'>
  readonly source: Source
}
/** A structure and what its members show; each tag of it shows the same. */
export interface TemplateProfile {
  readonly name: string
  /** Instance of class 0x6c, 12 bits. */
  readonly id: number
  readonly handle: number
  readonly members: readonly MemberProfile[]
}

export interface TagProfile {
  readonly name: string
  /** Program it belongs to; the controller's own when absent. */
  readonly program?: string
  readonly type: TagType | TemplateProfile
  /** Elements of an array of one dimension. */
  readonly size?: number
  /** Of the first element; further ones of an array take the next points. */
  readonly source?: Source
}

/** A Logix controller in the chassis behind the port. */
export interface ControllerProfile {
  readonly slot: number
  /** Of the module whose port it is. */
  readonly portSlot: number
  readonly identity: IdentityProfile
  readonly programs: readonly string[]
  readonly tags: readonly TagProfile[]
}

/** A data file of a MicroLogix or SLC 500, such as N7. */
export interface FileProfile {
  readonly number: number
  /** Type code of publication 1770-6.5.16: 0x89 is N. */
  readonly type: number
  /** Elements. */
  readonly size: number
  readonly values: readonly { readonly at: number; readonly source: Source }[]
}
export interface PcccProfile {
  /** 11 characters of the diagnostic status. */
  readonly catalog: string
  /** Extended processor type and series with revision, as the diagnostic status has them. */
  readonly processor: number
  readonly series: number
  readonly files: readonly FileProfile[]
}

export interface EnipProfile {
  /** Who answers at the port. */
  readonly device: IdentityProfile
  readonly controller?: ControllerProfile
  readonly pccc?: PcccProfile
}
