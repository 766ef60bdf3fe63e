/** Ops by PCCC command and function codes: Rockwell Automation publication 1770-6.5.16, chapter 7. */

type Codes = Readonly<Record<number, string>>

/** Commands without a function code. */
export const plain: Codes = {
  0x00: 'pccc-protected-write',
  0x01: 'pccc-unprotected-read',
  0x02: 'pccc-protected-bit-write',
  0x05: 'pccc-unprotected-bit-write',
  0x08: 'pccc-unprotected-write',
}

export const diagnostic: Codes = {
  0x00: 'pccc-echo',
  0x01: 'pccc-read-diagnostic-counters',
  0x03: 'pccc-diagnostic-status',
  0x07: 'pccc-reset-diagnostic-counters',
}

export const outputs: Codes = { 0x00: 'pccc-outputs', 0x01: 'pccc-outputs' }

/** Functions of command 0x0f. */
export const functions: Codes = {
  0x00: 'pccc-word-range-write',
  0x01: 'pccc-word-range-read',
  0x02: 'pccc-bit-write',
  0x05: 'pccc-download',
  0x06: 'pccc-upload',
  0x08: 'pccc-physical-write',
  0x09: 'pccc-physical-read',
  0x11: 'pccc-edit-resource',
  0x12: 'pccc-edit-resource',
  0x17: 'pccc-physical-read',
  0x18: 'pccc-physical-write',
  0x26: 'pccc-read-modify-write',
  0x3a: 'pccc-change-mode',
  0x41: 'pccc-disable-forces',
  0x50: 'pccc-download',
  0x52: 'pccc-download',
  0x53: 'pccc-upload',
  0x55: 'pccc-upload',
  0x57: 'pccc-initialize-memory',
  0x67: 'pccc-typed-write',
  0x68: 'pccc-typed-read',
  0x79: 'pccc-read-modify-write',
  0x80: 'pccc-change-mode',
  0x81: 'pccc-open-file',
  0x82: 'pccc-close-file',
  0x88: 'pccc-execute-multiple',
  0xa1: 'pccc-protected-typed-logical-read',
  0xa2: 'pccc-protected-typed-logical-read',
  0xa7: 'pccc-protected-typed-file-read',
  0xa9: 'pccc-protected-typed-logical-write',
  0xaa: 'pccc-protected-typed-logical-write',
  0xab: 'pccc-protected-typed-logical-write-with-mask',
  0xaf: 'pccc-protected-typed-file-write',
}

/** A data file type of SLC 500 and MicroLogix controllers: letters, and bytes of an element. */
export interface FileType {
  readonly letters: string
  readonly size: number
  /** How its words are read as values. */
  readonly as?: 'integer' | 'long' | 'float'
}

/** Every other type holds no data but the program, its configuration or passwords. */
export const fileTypes: Readonly<Record<number, FileType>> = {
  0x82: { letters: 'O', size: 2, as: 'integer' },
  0x83: { letters: 'I', size: 2, as: 'integer' },
  0x84: { letters: 'S', size: 2, as: 'integer' },
  0x85: { letters: 'B', size: 2, as: 'integer' },
  0x86: { letters: 'T', size: 6 },
  0x87: { letters: 'C', size: 6 },
  0x88: { letters: 'R', size: 6 },
  0x89: { letters: 'N', size: 2, as: 'integer' },
  0x8a: { letters: 'F', size: 4, as: 'float' },
  0x8b: { letters: 'O', size: 2, as: 'integer' },
  0x8c: { letters: 'I', size: 2, as: 'integer' },
  0x8d: { letters: 'ST', size: 84 },
  0x8e: { letters: 'A', size: 2, as: 'integer' },
  0x8f: { letters: 'D', size: 2, as: 'integer' },
  0x91: { letters: 'L', size: 4, as: 'long' },
  0x92: { letters: 'MG', size: 50 },
  0x93: { letters: 'PD', size: 46 },
  0x94: { letters: 'PLS', size: 12 },
}
