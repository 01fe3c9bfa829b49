import java.io.BufferedReader;
import java.io.InputStreamReader;

public class Answer {
    public static void main(String[] arguments) throws Exception {
        String line = new BufferedReader(new InputStreamReader(System.in)).readLine();
        Thread thread = new Thread(() -> System.out.println("java:" + line));
        thread.start();
        thread.join();
    }
}
