/** Recorded packets: what every reader of a capture gives, and what it says about bytes that it could not give. */

export interface CaptureRecord {
  /** Counted from 1, as in Wireshark. */
  readonly number: number
  /** Since 1970. */
  readonly seconds: number
  readonly nanoseconds: number
  /** As recorded, from the link header on. */
  readonly bytes: Uint8Array
  /** Length on the wire, in bytes. */
  readonly wireLength: number
  /** LINKTYPE_ number of the tcpdump registry. */
  readonly linkType: number
  /** Index of the interface; 0 where the format knows none. */
  readonly interface: number
}

/** Why bytes of a capture were not read: a closed list. */
export const skipReasons = {
  'not-a-capture': 'it is neither pcap nor pcapng',
  'cut-short': 'the file ends in the middle of it',
  malformed: 'its lengths or codes contradict each other',
  'too-long': 'it is longer than a packet can be',
  'unknown-interface': 'it names an interface that was not described',
  'unknown-version': 'its version of the format is not known',
} as const
export type SkipReason = keyof typeof skipReasons

/** Bytes `at` to `at + length` of the file, which were not read. */
export interface Skip {
  readonly at: number
  length: number
  readonly why: SkipReason
}

export interface CaptureReader {
  /** Takes the next bytes of the file. @returns the records that they complete */
  push(chunk: Uint8Array): readonly CaptureRecord[]
  /** Says that the file ends here. @returns all that was skipped, in the order of the file */
  end(): readonly Skip[]
}

/** Longest record that is read, in bytes: as in tcpdump and Wireshark. */
export const longestRecord = 262_144
