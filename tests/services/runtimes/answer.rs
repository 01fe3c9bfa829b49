use std::io::{stdin, BufRead};
use std::thread;

fn main() {
    let mut line = String::new();
    stdin().lock().read_line(&mut line).unwrap();
    let answer = thread::spawn(move || format!("rust:{line}")).join().unwrap();
    print!("{answer}");
}
