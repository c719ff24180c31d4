//! How much of a password is anybody's guess.
//!
//! *Threat:* whoever tries passwords begins with those that people choose: a word with a year, a walk over the keyboard, twice the
//! same. Twelve characters do not help against that.
//! *Defence:* [`is_predictable`] takes the text apart into such pieces; what is left must be worth [`WORTH_MIN`] characters.
//! Rules beside the list in `leaked`, which holds 1,212 of twelve characters: they refuse 450 of those, and `Password2031!` and whatever
//! no list has yet.
//! *Not defended:* a strong password that was used elsewhere and has leaked there. Nothing is asked of a service outside.

/// What the unpredictable part must be worth, in characters: six pieces in a row are not enough.
const WORTH_MIN: usize = 9;

/// The shortest piece: two neighbours on a keyboard meet by chance.
const PIECE_MIN: usize = 3;

/// What a piece is worth in characters: which one, and where it begins. From the third on it is habit.
const PIECE_WORTH: usize = 2;
const PIECE_WORTH_LATER: usize = 1;
const PIECES_EARLY: usize = 2;

/// What is walked along, in either direction: alphabet, digits, the rows and columns of keyboards.
const TRACKS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "1234567890-=",
    "01234567890",
    "qwertyuiop[]",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "yxcvbnm,.-",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik,",
    "9ol.",
    "147",
    "258",
    "369",
    "159753",
    "!@#$%^&*()",
];

/// What passwords are made of around the world, each word by itself: they are found in any combination.
const WORDS: [&str; 3] = [
    "abcabc access account admin administrator america andrew angel apple april arsenal ashley august \
     autumn avril baby bailey banana barcelona baseball basketball batman berlin bieber black boobies \
     bond butter butterfly change changeme charlie checkout chelsea chicken chocolate christ christopher \
     company computer cookie corvette counter crack daniel december default demo devil dragon eagle \
     edward evil facebook falcon fallen family fantasy february ferrari final flower football forever \
     friday friend fuck fucker george girl golden google guest hacker hannah harley hello hockey hunter \
     iloveyou internet jackson james january jennifer jessica jesus jordan july june justin killer knight \
     lantern legend letmein linkedin liverpool login london love lovely manager manchester march master \
     matrix matthew mercedes michael microsoft minecraft monday money monkey monster montana mother \
     mustang network nintendo november october orange paris parol pass passwort password payment peanut \
     phoenix playstation please pokemon porsche princess private projects purple ranger resident respekt \
     robert root samsung saturday secret september server sexy shadow shit silver soccer solutions \
     sonnenschein speed spider spring star strike summer sunday sunshine superman supernatural system \
     temp test thomas thunder thursday ticket tiger trust tuesday united user warrior wars wednesday \
     weihnachten welcome white windows winter woocommerce wordpress yamaha yellow",
    // Whole phrases and long words that lead the lists of leaked passwords.
    "4815162342 amadeus avrillavigne chickenwing combat contortionist cosmopolitan demon familiya fuckyou \
     heterosexual ichliebedich ihatethisgame ingodwetrust international internazionale iseedeadpeople \
     kartoffel knackwurst leavemealone lightpower lost massimiliano masturbation migration minnesota \
     mortalkombat needforspeed neworleans nightcrawler onedirection ontheoutside pizdec polniy \
     pornographic professional przyjaciolki punksnotdead puffer sanfrancisco school sebastian \
     seniseviyorum sonyericsson standard startfinding stinkyfinger stratocaster systemofadown \
     telechargement thecakeisalie transformers vladimirovna warhammer weihnacht weronika whosyourdaddy \
     wetrust",
    // The Cyrillic words for password, hello, love and such as a Latin keyboard shows them.
    "gfhjkm ghbdtn k.,jdm ghjcnj vfrcbv yfnfif dkflbvbh fktrcfylh vfhbyf",
];

/// Whether too little of the text is unpredictable.
pub(super) fn is_predictable(text: &str) -> bool {
    let all: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    // `1q2w3e4r5t6y` is two walks whose steps take turns.
    let every_second = |first| all.iter().skip(first).step_by(2).copied().collect::<Vec<char>>();
    let taking_turns = worth(&every_second(0)) + worth(&every_second(1));
    worth(&all).min(taking_turns) < WORTH_MIN
}

/// What the text is worth: its characters, those that are part of a piece counted together.
fn worth(all: &[char]) -> usize {
    let (mut at, mut worth, mut pieces) = (0, 0, 0);
    while let Some((seen, rest)) = all.split_at_checked(at).filter(|(_, rest)| !rest.is_empty()) {
        let piece = [walk(rest), word(rest), year(rest)].into_iter().max().unwrap_or(0);
        let repeated = repeated(seen, rest);
        let longest = repeated.max(piece);
        let length = if longest < PIECE_MIN { 1 } else { longest };
        worth += match length {
            1 => 1,
            // That it comes again is all there is to know.
            _ if repeated >= piece => PIECE_WORTH_LATER,
            _ if pieces >= PIECES_EARLY => PIECE_WORTH_LATER,
            _ => PIECE_WORTH,
        };
        pieces += usize::from(length > 1);
        at += length;
    }
    worth
}

/// How long the text goes on with one character, or along one track.
fn walk(rest: &[char]) -> usize {
    let same = rest.iter().take_while(|c| Some(*c) == rest.first()).count();
    let along = TRACKS.iter().flat_map(|track| [along(rest, track.chars()), along(rest, track.chars().rev())]);
    along.max().unwrap_or(0).max(same)
}

fn along(rest: &[char], track: impl Iterator<Item = char>) -> usize {
    rest.iter().zip(track.skip_while(|c| Some(c) != rest.first())).take_while(|(a, b)| *a == b).count()
}

/// The longest word that the text begins with, `p4ssw0rd` read as it is meant.
fn word(rest: &[char]) -> usize {
    let begins =
        |word: &&str| word.chars().count() <= rest.len() && rest.iter().zip(word.chars()).all(|(c, w)| reads(*c, w));
    let words = WORDS.iter().flat_map(|words| words.split(' '));
    words.filter(begins).map(|word| word.chars().count()).max().unwrap_or(0)
}

const fn reads(shown: char, meant: char) -> bool {
    shown == meant
        || matches!(
            (shown, meant),
            ('0', 'o') | ('1' | '!', 'i' | 'l') | ('3', 'e') | ('4' | '@', 'a') | ('5' | '$', 's') | ('7', 't')
        )
}

/// A year that people were born in or live in.
fn year(rest: &[char]) -> usize {
    match rest {
        ['1', '9', a, b, ..] | ['2', '0', a, b, ..] if a.is_ascii_digit() && b.is_ascii_digit() => 4,
        _ => 0,
    }
}

/// How much of the text came before, forwards or backwards.
fn repeated(seen: &[char], rest: &[char]) -> usize {
    let common = |start: &[char]| start.iter().zip(rest).take_while(|(a, b)| a == b).count();
    let forwards = (0..seen.len()).filter_map(|at| seen.get(at..)).map(common).max().unwrap_or(0);
    let mirrored: Vec<char> = seen.iter().rev().copied().collect();
    common(&mirrored).max(forwards)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_thinks_of_is_predictable() {
        for text in [
            "password1234",
            "P4ssw0rd2031!",
            "qwertyuiop12",
            "1q2w3e4r5t6y",
            "1qaz2wsx3edc4rfv",
            "123456789abc",
            "112233445566",
            "aaaaaaaaaaaaaaaaaaaa",
            "x7!x7!x7!x7!x7!x7!",
            "Summer2031!!",
            "iloveyou12345",
            "LiverpoolLiverpool",
            "qwertyytrewq",
            "zaq1xsw2cde3",
            "AdministratorAdmin1",
        ] {
            assert!(is_predictable(text), "{text}");
        }
    }

    #[test]
    fn a_phrase_and_random_characters_are_not() {
        for text in [
            "correct horse battery staple",
            "T7#vq2Lm9!xw",
            "kv8w-3nzt-p5rd",
            "seventeen blue teapots",
            "Zwölf Boxkämpfer jagen",
            "пять синих чайников",
            "password manager made this: 8fk2Lq",
        ] {
            assert!(!is_predictable(text), "{text}");
        }
    }

    #[test]
    fn the_longest_password_is_taken_apart_quickly() {
        let text: String = "abcdefghij klm nopqrstu".chars().cycle().take(128).collect();
        assert!(!is_predictable(&format!("{text}{}", "T7#vq2Lm9")));
    }
}
