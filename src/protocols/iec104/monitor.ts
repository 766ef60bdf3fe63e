/** Types in the monitoring direction: what a station reports. IEC 60870-5-101, 7.2.1.1; -104 uses the ones without CP24 time. */
import type { Op } from '#core/protocol.ts'

const constraints = ['common-address', 'cause', 'ioa']
const report = { risk: 'read', constraints, from: 'server' } as const

export const monitor = {
  'single-point': { code: 'type 1', summary: 'Single point', ...report },
  'double-point': { code: 'type 3', summary: 'Double point', ...report },
  'step-position': { code: 'type 5', summary: 'Step position', ...report },
  bitstring: { code: 'type 7', summary: '32 bits', ...report },
  'measured-normalized': { code: 'type 9', summary: 'Measured value, normalised', ...report },
  'measured-scaled': { code: 'type 11', summary: 'Measured value, scaled', ...report },
  'measured-float': { code: 'type 13', summary: 'Measured value, floating point', ...report },
  'integrated-totals': { code: 'type 15', summary: 'Counter', ...report },
  'packed-single-point': { code: 'type 20', summary: '16 single points with change detection', ...report },
  'measured-without-quality': { code: 'type 21', summary: 'Measured value, normalised, no quality', ...report },
  'single-point-with-time': { code: 'type 30', summary: 'Single point with time', ...report },
  'double-point-with-time': { code: 'type 31', summary: 'Double point with time', ...report },
  'step-position-with-time': { code: 'type 32', summary: 'Step position with time', ...report },
  'bitstring-with-time': { code: 'type 33', summary: '32 bits with time', ...report },
  'measured-normalized-with-time': { code: 'type 34', summary: 'Measured value, normalised, with time', ...report },
  'measured-scaled-with-time': { code: 'type 35', summary: 'Measured value, scaled, with time', ...report },
  'measured-float-with-time': { code: 'type 36', summary: 'Measured value, floating point, with time', ...report },
  'integrated-totals-with-time': { code: 'type 37', summary: 'Counter with time', ...report },
  'protection-event': { code: 'type 38', summary: 'Event of protection equipment', ...report },
  'protection-start-events': { code: 'type 39', summary: 'Start events of protection equipment', ...report },
  'protection-output-circuit': { code: 'type 40', summary: 'Output circuits of protection equipment', ...report },
  'reports-with-short-time': {
    code: 'type 2,4,6,8,10,12,14,16-19',
    summary: 'Types of -101 with 24-bit time',
    ...report,
  },
  'security-statistics': { code: 'type 41', summary: 'Counters of secure authentication', ...report },
  'clock-report': { code: 'type 103 cause 3', summary: 'The clock of the station', ...report },
  'parameter-report': {
    code: 'type 110-112 cause 20-36',
    summary: 'A threshold, filter or limit, when the station is interrogated',
    ...report,
  },
  'end-of-initialization': { code: 'type 70', summary: 'The station has started', ...report },
} as const satisfies Record<string, Op>
