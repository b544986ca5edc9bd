/**
 * Student's t distribution, for means over few seeds. Our own, because jstat is 167 kB without types and @stdlib's version is a tree of
 * packages.
 */

/** The value below which t lies with probability `p`, from 0.5 up to but not including 1. @param freedom degrees, 1 or more */
export function studentQuantile(p: number, freedom: number): number {
  let [low, high] = [0, 1]
  while (cumulative(high, freedom) < p) high *= 2
  for (let i = 0; i < 200 && high - low > 1e-13 * high; i++) {
    const middle = (low + high) / 2
    if (cumulative(middle, freedom) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** P(T ≥ t). @param freedom degrees, 1 or more */
export const studentTail = (t: number, freedom: number): number => (t >= 0 ? 1 - cumulative(t, freedom) : cumulative(-t, freedom))

/** P(T ≤ t) for t ≥ 0: 1 − ½ · I_x(ν/2, ½) at x = ν / (ν + t²) (Abramowitz & Stegun, 26.7.1). */
function cumulative(t: number, freedom: number): number {
  return 1 - incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
}

/** The regularised incomplete beta function, by its continued fraction (26.5.8) on the side where it converges fast. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return x < (a + 1) / (a + b + 2) ? (front * fraction(x, a, b)) / a : 1 - (front * fraction(1 - x, b, a)) / b
}

/** By Lentz's method. */
function fraction(x: number, a: number, b: number): number {
  const tiny = 1e-300
  const guarded = (value: number) => (Math.abs(value) < tiny ? tiny : value)
  let c = 1
  let d = 1 / guarded(1 - ((a + b) * x) / (a + 1))
  let result = d
  for (let m = 1; m < 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    let change = 1
    for (const step of [even, odd]) {
      d = 1 / guarded(1 + step * d)
      c = guarded(1 + step / c)
      change = c * d
      result *= change
    }
    if (Math.abs(change - 1) < 1e-15) break
  }
  return result
}

/** Only half-integers and integers are needed: Γ(z + 1) = z · Γ(z) from Γ(1) and Γ(½). */
function logGamma(z: number): number {
  let sum = Number.isInteger(z) ? 0 : Math.log(Math.PI) / 2
  for (let k = Number.isInteger(z) ? 1 : 0.5; k < z; k++) sum += Math.log(k)
  return sum
}
