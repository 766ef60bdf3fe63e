/** PCCC commands (PLC-5, SLC 500, MicroLogix) inside CIP service 0x4b of class 0x67, coded `PCCC CMD/FNC` in hexadecimal. */
import type { Op } from '#core/protocol.ts'

const anywhere = ['slot']
const words = ['elements', 'slot']
const data = ['files', 'elements', 'slot']
const written = [...data, 'values']

export const pccc = {
  'pccc-echo': { code: 'PCCC 06/00', risk: 'session', summary: 'PCCC: echo', constraints: anywhere },
  'pccc-diagnostic-status': {
    code: 'PCCC 06/03',
    risk: 'discover',
    summary: 'PCCC: read identity and status',
    constraints: anywhere,
  },
  'pccc-read-diagnostic-counters': {
    code: 'PCCC 06/01',
    risk: 'read',
    summary: 'PCCC: read diagnostic counters',
    constraints: anywhere,
  },
  'pccc-reset-diagnostic-counters': {
    code: 'PCCC 06/07',
    risk: 'control',
    summary: 'PCCC: reset diagnostic counters',
    constraints: anywhere,
  },
  'pccc-unprotected-read': { code: 'PCCC 01', risk: 'read', summary: 'PCCC: read words', constraints: words },
  'pccc-protected-write': { code: 'PCCC 00', risk: 'write', summary: 'PCCC: write words', constraints: words },
  'pccc-protected-bit-write': {
    code: 'PCCC 02',
    risk: 'write',
    summary: 'PCCC: write bits',
    constraints: words,
  },
  'pccc-unprotected-bit-write': {
    code: 'PCCC 05',
    risk: 'write',
    summary: 'PCCC: write bits',
    constraints: words,
  },
  'pccc-unprotected-write': { code: 'PCCC 08', risk: 'write', summary: 'PCCC: write words', constraints: words },

  'pccc-word-range-read': { code: 'PCCC 0f/01', risk: 'read', summary: 'PCCC: read words', constraints: data },
  'pccc-word-range-write': { code: 'PCCC 0f/00', risk: 'write', summary: 'PCCC: write words', constraints: written },
  'pccc-bit-write': { code: 'PCCC 0f/02', risk: 'write', summary: 'PCCC: write bits', constraints: data },
  'pccc-read-modify-write': {
    code: 'PCCC 0f/26,79',
    risk: 'write',
    summary: 'PCCC: set and clear bits',
    constraints: data,
  },
  'pccc-typed-read': { code: 'PCCC 0f/68', risk: 'read', summary: 'PCCC: read elements', constraints: data },
  'pccc-typed-write': { code: 'PCCC 0f/67', risk: 'write', summary: 'PCCC: write elements', constraints: written },
  'pccc-protected-typed-logical-read': {
    code: 'PCCC 0f/a1,a2',
    risk: 'read',
    summary: 'PCCC: read elements by file, with two or three address fields',
    constraints: data,
  },
  'pccc-protected-typed-logical-write': {
    code: 'PCCC 0f/a9,aa',
    risk: 'write',
    summary: 'PCCC: write elements by file, with two or three address fields',
    constraints: written,
  },
  'pccc-protected-typed-logical-write-with-mask': {
    code: 'PCCC 0f/ab',
    risk: 'write',
    summary: 'PCCC: write bits of an element',
    constraints: data,
  },

  // Files that hold no data: ladders, configuration, passwords.
  'pccc-system-file-read': {
    code: 'PCCC 0f/a1,a2 system file',
    risk: 'program',
    summary: 'PCCC: read a file that holds no data, such as program or passwords',
    constraints: data,
  },
  'pccc-system-file-write': {
    code: 'PCCC 0f/a9,aa,ab system file',
    risk: 'program',
    summary: 'PCCC: write a file that holds no data, such as program or passwords',
    constraints: written,
  },

  'pccc-change-mode': {
    code: 'PCCC 0f/3a,80',
    risk: 'control',
    summary: 'PCCC: set program, test or run mode',
    constraints: anywhere,
  },
  'pccc-outputs': {
    code: 'PCCC 07/00-01',
    risk: 'control',
    summary: 'PCCC: disable or enable outputs',
    constraints: anywhere,
  },
  'pccc-disable-forces': {
    code: 'PCCC 0f/41',
    risk: 'control',
    summary: 'PCCC: remove all forces',
    constraints: anywhere,
  },
  'pccc-edit-resource': {
    code: 'PCCC 0f/11-12',
    risk: 'program',
    summary: 'PCCC: take or return the right to edit',
    constraints: anywhere,
  },
  'pccc-download': {
    code: 'PCCC 0f/05,50,52',
    risk: 'program',
    summary: 'PCCC: download to the controller',
    constraints: anywhere,
  },
  'pccc-upload': {
    code: 'PCCC 0f/06,53,55',
    risk: 'program',
    summary: 'PCCC: upload from the controller',
    constraints: anywhere,
  },
  'pccc-physical-read': {
    code: 'PCCC 0f/09,17',
    risk: 'program',
    summary: 'PCCC: read memory by address',
    constraints: anywhere,
  },
  'pccc-physical-write': {
    code: 'PCCC 0f/08,18',
    risk: 'program',
    summary: 'PCCC: write memory by address',
    constraints: anywhere,
  },
  'pccc-initialize-memory': {
    code: 'PCCC 0f/57',
    risk: 'program',
    summary: 'PCCC: erase the memory',
    constraints: anywhere,
  },
  'pccc-open-file': { code: 'PCCC 0f/81', risk: 'file', summary: 'PCCC: open a file', constraints: anywhere },
  'pccc-close-file': { code: 'PCCC 0f/82', risk: 'file', summary: 'PCCC: close a file', constraints: anywhere },
  'pccc-protected-typed-file-read': {
    code: 'PCCC 0f/a7',
    risk: 'file',
    summary: 'PCCC: read a file',
    constraints: anywhere,
  },
  'pccc-protected-typed-file-write': {
    code: 'PCCC 0f/af',
    risk: 'program',
    summary: 'PCCC: write a file',
    constraints: anywhere,
  },
  'pccc-execute-multiple': {
    code: 'PCCC 0f/88',
    risk: 'session',
    summary: 'PCCC: envelope of several commands',
    constraints: anywhere,
  },
  'execute-pccc': {
    code: '0x4b class 0x67, any other PCCC',
    risk: 'program',
    summary: 'PCCC: a command not listed here',
    constraints: ['function', 'slot'],
  },
} as const satisfies Record<string, Op>
