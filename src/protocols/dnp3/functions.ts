/** Function codes of the application: IEEE Std 1815-2012, 4.2.2.5 and table 4-7. */

export const fn = {
  confirm: 0,
  read: 1,
  write: 2,
  select: 3,
  directOperate: 5,
  directOperateNoAck: 6,
  freezeAtTime: 11,
  freezeAtTimeNoAck: 12,
  initializeApplication: 16,
  stopApplication: 18,
  assignClass: 22,
  openFile: 25,
  abortFile: 30,
  activateConfiguration: 31,
  authenticate: 32,
  authenticateNoAck: 33,
  response: 129,
  unsolicited: 130,
  authenticateResponse: 131,
} as const

/**
 * What follows the header of a request:
 * - `none`: the function names no objects
 * - `names`: headers alone, and indexes
 * - `data`: each header with its objects
 */
type Carries = 'none' | 'names' | 'data'

interface Requested {
  readonly op: string
  readonly carries: Carries
  readonly answered: boolean
  /** Variation of group 70 that it works with. */
  readonly file: number
}

const row = (op: string, carries: Carries, answered = true, file = 0): Requested => ({ op, carries, answered, file })

const requested: readonly Requested[] = [
  row('confirm', 'none', false),
  row('read', 'names'),
  row('write', 'data'),
  row('select', 'data'),
  row('operate', 'data'),
  row('direct-operate', 'data'),
  row('direct-operate-no-ack', 'data', false),
  row('immediate-freeze', 'names'),
  row('immediate-freeze-no-ack', 'names', false),
  row('freeze-clear', 'names'),
  row('freeze-clear-no-ack', 'names', false),
  row('freeze-at-time', 'names'),
  row('freeze-at-time-no-ack', 'names', false),
  row('cold-restart', 'none'),
  row('warm-restart', 'none'),
  row('initialize-data', 'names'),
  row('initialize-application', 'data'),
  row('start-application', 'data'),
  row('stop-application', 'data'),
  row('save-configuration', 'none'),
  row('enable-unsolicited', 'names'),
  row('disable-unsolicited', 'names'),
  row('assign-class', 'names'),
  row('delay-measurement', 'none'),
  row('record-current-time', 'none'),
  row('open-file', 'data', true, 3),
  row('close-file', 'data', true, 4),
  row('delete-file', 'data', true, 3),
  row('get-file-info', 'data', true, 7),
  row('authenticate-file', 'data', true, 2),
  row('abort-file', 'data', true, 4),
  row('activate-configuration', 'data'),
  row('authenticate-request', 'data'),
  row('authenticate-request-no-ack', 'data', false),
]

/** @returns undefined for what no client asks */
export const requestedBy = (code: number): Requested | undefined => requested[code]

/** The op of a header: reads and writes are told apart by what they touch. */
export const opOf = (code: number, group: number): string => {
  if (code === fn.read) return group === 70 ? 'read-file' : 'read'
  if (code === fn.write) {
    if (group === 50) return 'write-time'
    if (group === 70) return 'write-file'
    return group === 80 ? 'write-internal-indications' : 'write'
  }
  return requested[code]?.op ?? 'unlisted'
}
