/** Recorded packets: what every reader of a capture gives, and what it says about bytes that it could not give. */

const nothing = new Uint8Array(0)

/** Filled again for every record, so that reading a capture allocates nothing per packet. */
export class CaptureRecord {
  /** Counted from 1, as in Wireshark. */
  number = 0
  /** Since 1970. */
  seconds = 0
  nanoseconds = 0
  /** What was recorded, from the link header on, stands from `at` to `end`, and only until the next record is asked for. */
  bytes: Uint8Array = nothing
  at = 0
  end = 0
  /** Length on the wire, in bytes. */
  wireLength = 0
  /** LINKTYPE_ number of the tcpdump registry. */
  linkType = 0
  /** Index of the interface; 0 where the format knows none. */
  interface = 0

  /** One that stays as it is. */
  copy(): CaptureRecord {
    const { bytes, at, end } = this
    return Object.assign(new CaptureRecord(), this, { bytes: bytes.slice(at, end), at: 0, end: end - at })
  }
}

/** Why bytes of a capture were not read: a closed list. */
export const skipReasons = {
  'not-a-capture': 'it is neither pcap nor pcapng',
  'cut-short': 'the file ends in the middle of it',
  malformed: 'its lengths or codes contradict each other',
  'too-long': 'it is longer than a packet can be',
  'unknown-interface': 'it names an interface that was not described',
  'too-many-interfaces':
    'it describes an interface beyond those that are kept; packets of it and of later ones are not read',
  'unknown-version': 'its version of the format is not known',
} as const
export type SkipReason = keyof typeof skipReasons

/** What to do about a file that is no capture. */
export const captureAdvice =
  'Give a file that tcpdump or Wireshark wrote, as it is or compressed with gzip; unpack xz, zstd or zip first, and let Wireshark save another format as pcapng.'

/** Bytes `at` to `at + length` of the file, which were not read. */
export interface Skip {
  readonly at: number
  length: number
  readonly why: SkipReason
}

export interface CaptureReader {
  /** Takes the next bytes of the file, and gives the records that they complete. */
  push(chunk: Uint8Array, each: (record: CaptureRecord) => void): void
  /** Says that the file ends here. @returns all that was skipped, in the order of the file */
  end(): readonly Skip[]
}

/** Longest record that is read, in bytes: as in tcpdump and Wireshark. */
export const longestRecord = 262_144

/** A record of bytes that are the caller's own; its wire length is theirs unless stated. */
export const recordOf = (
  bytes: Uint8Array,
  stated: Partial<Omit<CaptureRecord, 'bytes' | 'at' | 'end' | 'copy'>>,
): CaptureRecord =>
  Object.assign(new CaptureRecord(), { wireLength: bytes.length, linkType: 1 }, stated, { bytes, end: bytes.length })
