//! Polish.

use super::Tongue;

pub(super) const TONGUE: Tongue = Tongue {
    code: "pl",
    men: &["Piotr", "Krzysztof", "Andrzej", "Tomasz", "Paweł", "Michał", "Łukasz", "Grzegorz", "Wojciech", "Zbigniew"],
    women: &["Agnieszka", "Katarzyna", "Małgorzata", "Joanna", "Ewa", "Zofia", "Magdalena", "Łucja", "Beata", "Grażyna"],
    surnames: &[
        ("Kowalski", "Kowalska"), ("Wiśniewski", "Wiśniewska"), ("Wójcik", "Wójcik"), ("Kamiński", "Kamińska"),
        ("Lewandowski", "Lewandowska"), ("Zieliński", "Zielińska"), ("Szymański", "Szymańska"), ("Dąbrowski", "Dąbrowska"),
        ("Kozłowski", "Kozłowska"), ("Jabłoński", "Jabłońska"), ("Żukowski", "Żukowska"), ("Pawłowski", "Pawłowska"),
    ],
    firms: &[
        "Zielony Dach sp. z o.o.", "Ciepły Kąt sp. z o.o.", "Wisła Logistyka S.A.", "Piekarnia Pod Dębem s.c.",
        "Mazowiecki Tartak sp. z o.o.", "Jasny Dom sp. z o.o.", "Północ Chłodnie S.A.", "Młyn Źródło sp. j.",
    ],
    wishes: &[
        "Pompa ciepła do domu jednorodzinnego", "Rekuperacja do nowego biura", "Fotowoltaika na hali magazynowej",
        "Wymiana starego kotła węglowego", "Umowa serwisowa na trzy lata",
    ],
    findings: &[
        "Dom z lat osiemdziesiątych, ocieplony tylko od frontu.", "Klient ma już dwie oferty konkurencji.",
        "Decyzję podejmuje zarząd na posiedzeniu w czwartek.", "Chce zdążyć przed sezonem grzewczym.",
        "Potrzebna zgoda wspólnoty mieszkaniowej.", "Czeka na decyzję o dofinansowaniu.",
    ],
    next_steps: &[
        "Zadzwonić w poniedziałek rano.", "Wysłać poprawiony kosztorys.", "Umówić wizję lokalną.",
        "Poprosić o zdjęcia kotłowni.", "Wrócić do tematu po urlopie.",
    ],
    calls: &[
        "Omówiliśmy cenę i termin, klient odezwie się do piątku.", "Prosi o przesunięcie montażu o tydzień.",
        "Wyjaśniłem warunki gwarancji.", "Pytał o dopłaty, wyślę odnośnik.",
    ],
    subjects: &["W sprawie naszej oferty", "Termin montażu", "Faktura i gwarancja", "Pytanie o przegląd"],
    complaints: &[
        ("Pompa hałasuje w nocy", "Jednostka zewnętrzna buczy całą noc, sąsiedzi już dzwonili."),
        ("Ekipa zostawiła bałagan", "Po montażu została dziura w elewacji i worki gruzu w ogrodzie."),
        ("Błędna faktura", "Na fakturze jest pozycja, której nie zamawiałem. Proszę o korektę."),
    ],
    praise: &["Szybko, czysto i na czas. Polecam!", "Bardzo uprzejmy monter, dziękuję.", "Rachunki spadły o połowę, żona zachwycona."],
    shrugs: &["W porządku, ale trzeba było czekać.", "Dobrze, choć drogo.", "Działa, tylko aplikacja zawiła."],
    grumbles: &["Nikt nie oddzwania, mimo obietnic.", "Za drogo jak na tę jakość.", "Zepsuło się po miesiącu i nadal czekam na część."],
};
