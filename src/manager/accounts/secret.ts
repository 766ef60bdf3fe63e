import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits. Guessing them is out of the question, so a plain hash of them is enough to keep. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

export const tokenPrefix = 'bhk_'

export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex')

export const sameSecret = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
