export const vendorOf = (_mac: string): string | undefined => undefined
