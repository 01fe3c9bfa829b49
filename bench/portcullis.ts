/** The program that is measured, as `npm run build` leaves it. */
export const PORTCULLIS: string = new URL('../dist/portcullis.js', import.meta.url).pathname;
