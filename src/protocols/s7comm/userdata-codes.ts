/** Ops of userdata by group and sub-function: what is asked for, and what a device reports of its own accord. */
import type { userdata } from './userdata.ts'

type Codes = Readonly<Record<number, Readonly<Record<number, keyof typeof userdata>>>>

export const group = {
  mode: 0,
  programmer: 1,
  cyclic: 2,
  block: 3,
  cpu: 4,
  pbc: 6,
  nc: 15,
} as const

const asked: Codes = {
  1: {
    0x01: 'block-status',
    0x02: 'variable-status',
    0x03: 'output-stack',
    0x04: 'output-stack',
    0x05: 'output-stack',
    0x07: 'force-selection',
    0x08: 'modify-variable',
    0x09: 'force',
    0x0a: 'breakpoint',
    0x0b: 'exit-hold',
    0x0c: 'memory-reset',
    0x0d: 'change-test-job',
    0x0e: 'change-test-job',
    0x0f: 'change-test-job',
    0x10: 'read-test-job',
    0x11: 'read-test-job',
    0x12: 'change-test-job',
    0x13: 'block-status',
    0x16: 'flash-led',
  },
  2: {
    0x01: 'cyclic-transfer',
    0x04: 'cyclic-unsubscribe',
    0x05: 'change-driven-transfer',
    0x07: 'change-driven-transfer',
    0x08: 'cyclic-read-record',
  },
  3: { 0x01: 'list-blocks', 0x02: 'list-blocks-of-type', 0x03: 'get-block-info' },
  4: {
    0x01: 'read-szl',
    0x02: 'message-service',
    0x07: 'alarm-lock',
    0x08: 'alarm-unlock',
    0x0b: 'alarm-acknowledge',
    0x13: 'alarm-query',
  },
  5: { 0x01: 'plc-password', 0x02: 'clear-plc-password' },
  7: { 0x01: 'read-clock', 0x02: 'set-clock', 0x03: 'read-clock', 0x04: 'set-clock' },
}

/** Of group 4, what is reported of alarms. */
const alarms: ReadonlySet<number> = new Set([0x05, 0x06, 0x09, 0x0c, 0x0d, 0x0e, 0x10, 0x11, 0x12, 0x16])

export const askedOp = (groupCode: number, sub: number): string => {
  if (groupCode === group.pbc) return 'bsend'
  if (groupCode === group.nc) return 'nc-programming'
  if (groupCode === group.mode) return 'mode-transition'
  if (groupCode === group.cpu && alarms.has(sub)) return 'alarm-indication'
  if (groupCode === group.cpu && sub === 0x03) return 'diagnostic-message'
  return asked[groupCode]?.[sub] ?? 'unlisted-userdata'
}

export const reportedOp = (groupCode: number, sub: number): string => {
  if (groupCode === group.programmer && asked[groupCode]?.[sub] !== undefined) return 'test-report'
  if (groupCode === group.cyclic && asked[groupCode]?.[sub] !== undefined) return 'cyclic-report'
  return askedOp(groupCode, sub)
}
