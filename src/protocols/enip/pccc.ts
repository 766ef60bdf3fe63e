/** PCCC commands (PLC-5, SLC 500, MicroLogix) inside CIP service 0x4b of class 0x67, coded `PCCC CMD/FNC` in hexadecimal. */
import type { Op } from '#core/protocol.ts'

const data = ['files', 'elements']
const written = ['files', 'elements', 'values']

export const pccc = {
  'pccc-echo': { code: 'PCCC 06/00', risk: 'session', summary: 'PCCC: echo' },
  'pccc-diagnostic-status': { code: 'PCCC 06/03', risk: 'discover', summary: 'PCCC: read identity and status' },
  'pccc-read-diagnostic-counters': { code: 'PCCC 06/01', risk: 'read', summary: 'PCCC: read diagnostic counters' },
  'pccc-reset-diagnostic-counters': { code: 'PCCC 06/07', risk: 'control', summary: 'PCCC: reset diagnostic counters' },
  'pccc-unprotected-read': { code: 'PCCC 01', risk: 'read', summary: 'PCCC: read words', constraints: ['elements'] },
  'pccc-protected-write': { code: 'PCCC 00', risk: 'write', summary: 'PCCC: write words', constraints: ['elements'] },
  'pccc-protected-bit-write': {
    code: 'PCCC 02',
    risk: 'write',
    summary: 'PCCC: write bits',
    constraints: ['elements'],
  },
  'pccc-unprotected-bit-write': {
    code: 'PCCC 05',
    risk: 'write',
    summary: 'PCCC: write bits',
    constraints: ['elements'],
  },
  'pccc-unprotected-write': { code: 'PCCC 08', risk: 'write', summary: 'PCCC: write words', constraints: ['elements'] },

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

  'pccc-change-mode': { code: 'PCCC 0f/3a,80', risk: 'control', summary: 'PCCC: set program, test or run mode' },
  'pccc-outputs': { code: 'PCCC 07/00-01', risk: 'control', summary: 'PCCC: disable or enable outputs' },
  'pccc-disable-forces': { code: 'PCCC 0f/41', risk: 'control', summary: 'PCCC: remove all forces' },
  'pccc-edit-resource': { code: 'PCCC 0f/11-12', risk: 'program', summary: 'PCCC: take or return the right to edit' },
  'pccc-download': { code: 'PCCC 0f/05,50,52', risk: 'program', summary: 'PCCC: download to the controller' },
  'pccc-upload': { code: 'PCCC 0f/06,53,55', risk: 'program', summary: 'PCCC: upload from the controller' },
  'pccc-physical-read': { code: 'PCCC 0f/09,17', risk: 'program', summary: 'PCCC: read memory by address' },
  'pccc-physical-write': { code: 'PCCC 0f/08,18', risk: 'program', summary: 'PCCC: write memory by address' },
  'pccc-initialize-memory': { code: 'PCCC 0f/57', risk: 'program', summary: 'PCCC: erase the memory' },
  'pccc-open-file': { code: 'PCCC 0f/81', risk: 'file', summary: 'PCCC: open a file' },
  'pccc-close-file': { code: 'PCCC 0f/82', risk: 'file', summary: 'PCCC: close a file' },
  'pccc-protected-typed-file-read': { code: 'PCCC 0f/a7', risk: 'file', summary: 'PCCC: read a file' },
  'pccc-protected-typed-file-write': { code: 'PCCC 0f/af', risk: 'program', summary: 'PCCC: write a file' },
  'pccc-execute-multiple': { code: 'PCCC 0f/88', risk: 'session', summary: 'PCCC: envelope of several commands' },
  'execute-pccc': {
    code: '0x4b class 0x67, any other PCCC',
    risk: 'program',
    summary: 'PCCC: a command not listed here',
    constraints: ['function'],
  },
} as const satisfies Record<string, Op>
