/** A loop that is long enough to be compiled while it runs. */
final class Sum {
    private Sum() {}

    public static void main(String[] arguments) {
        long sum = 0;
        for (int i = 0; i < 30_000_000; i++) {
            sum += i % 7;
        }
        System.out.println(sum);
    }
}
