/** Makes ids as Hermes does: six random hex digits. */
export function newIdFrom(random: (bytes: number) => Buffer): () => string {
  return () => random(3).toString('hex');
}
