/** Whether what was typed at a decoy is a password of a real user. Asked by the edge, never by a decoy. */

/** `not-asked`: the guard forbade it, or nobody answered. */
export type Verdict = 'current' | 'old' | 'wrong' | 'not-asked'

export interface PasswordVerifier {
  /** Never rejects, and never writes the password anywhere. */
  verify(user: string, password: string): Promise<Verdict>
  close(): void
}

/** Where a verifier keeps what must outlive the process. */
export interface VerifierStore {
  get(key: string): string | undefined
  set(key: string, value: string): void
}

/** What no directory takes for a login: an empty password would be an anonymous bind (RFC 4513, 5.1.2). */
export const canBeAsked = (user: string, password: string): boolean =>
  user.trim() !== '' && password !== '' && !user.includes('\0') && !password.includes('\0')
