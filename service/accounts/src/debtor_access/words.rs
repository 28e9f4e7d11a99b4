//! The words of the mails that let debtors in. Whoever else reads them learns nothing: no word of a
//! debt, a creditor or an amount (Reg F 1006.6(d)).

use domain::agency::Language;

pub(super) fn code_subject(language: Language) -> &'static str {
    match language {
        Language::English => "Your sign-in code",
        Language::Spanish => "Su código para entrar",
    }
}

pub(super) fn code_body(language: Language, code: &str) -> String {
    match language {
        Language::English => format!(
            "Your code is {code}\n\nIt works for 10 minutes, on the page where you asked for it.\n\n\
             We will never call you to ask for this code. If you did not ask for it, you can ignore \
             this message.\n"
        ),
        Language::Spanish => format!(
            "Su código es {code}\n\nFunciona durante 10 minutos, en la página donde lo pidió.\n\n\
             Nunca lo llamaremos para pedirle este código. Si usted no lo pidió, puede ignorar este \
             mensaje.\n"
        ),
    }
}

pub(super) fn link_subject(language: Language) -> &'static str {
    match language {
        Language::English => "Your sign-in link",
        Language::Spanish => "Su enlace para entrar",
    }
}

pub(super) fn link_body(language: Language, address: &str) -> String {
    match language {
        Language::English => format!(
            "Open this page to sign in:\n\n{address}\n\nThe link works once, for 3 days.\n\nIf you did \
             not ask for it, you can ignore this message. If it was meant for somebody else, the page \
             lets you tell us.\n"
        ),
        Language::Spanish => format!(
            "Abra esta página para entrar:\n\n{address}\n\nEl enlace funciona una sola vez, durante 3 \
             días.\n\nSi usted no lo pidió, puede ignorar este mensaje. Si era para otra persona, la \
             página le permite avisarnos.\n"
        ),
    }
}
