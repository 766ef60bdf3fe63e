import { catalogue, type ErrorCode, type ExitName, Fault, exhaustionOf, messageOf } from '#core/errors.ts'

const statuses: Record<ExitName, number> = {
  ok: 200,
  failed: 500,
  usage: 400,
  policy: 422,
  environment: 500,
  unavailable: 503,
  busy: 409,
  refused: 403,
}

/** The HTTP status of a fault; clients read the code in the body. */
export const statusOf = ({ code }: { readonly code: ErrorCode }): number =>
  code === 'not-found' ? 404 : statuses[catalogue[code].exit]

/** What an operation threw, as the fault that is told. */
export const toFault = (error: unknown): Fault =>
  error instanceof Fault
    ? error
    : (exhaustionOf(error) ??
      new Fault('internal', `Something unexpected happened: ${firstLine(error)}`, { cause: error }))

const firstLine = (error: unknown): string =>
  messageOf(error)
    .split('\n')[0]!
    .replace(/[.\s]*$/, '.')

const isCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(catalogue, code)

/** The fault that an answer `{error: {code, what, advice, details}}` carries. */
export const faultOfAnswer = (answer: unknown): Fault | undefined => {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return undefined
  const { error } = answer
  if (typeof error !== 'object' || error === null || !('what' in error) || typeof error.what !== 'string')
    return undefined
  const code = 'code' in error && isCode(error.code) ? error.code : 'internal'
  const details = 'details' in error && Array.isArray(error.details) ? error.details.map(String) : []
  const advice = 'advice' in error && typeof error.advice === 'string' ? { advice: error.advice } : {}
  return new Fault(code, error.what, { details, ...advice })
}
